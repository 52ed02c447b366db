#!/bin/sh
# The window's smoke test: does the built binary show the page, under LANG=C and without a display
# of one's own?
#
#   e2e/window.sh BINARY [FLAG...]      e2e/window.sh ../bin/strowger-desktop --config c.yaml --data /tmp/d
#
# It starts an X server and a session bus for itself, waits until the window is mapped and its page
# drawn, takes a screenshot into shots/, ends the program by SIGTERM and expects it to end well.
# It ends only what it started, and writes nothing outside shots/ and a temporary folder.
#
#   NAME=window     name of the screenshot        THEME=Adwaita:dark  GTK theme, for dark mode
#   WAIT=40         seconds until giving up       SETTLE=2            seconds before the screenshot
#   COLOURS=150     colours a drawn page has at least
#   EXIT=0          exit code expected after SIGTERM
#   HOOK=script     run while the window is open, with the display set
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n '2,16p' "$0"; exit 2; }
binary=$1
shift
case $binary in */*) ;; *) binary=./$binary ;; esac
[ -x "$binary" ] || { echo "window: $binary is not a program" >&2; exit 2; }
for tool in Xvfb dbus-run-session xwininfo import identify; do
  command -v "$tool" >/dev/null || { echo "window: $tool is not installed" >&2; exit 2; }
done

tmp=$(mktemp -d)
xvfb='' session=''
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
end() { # pid: ask, then insist
  alive "$1" || return 0
  kill "$1" 2>/dev/null || true
  i=0
  while alive "$1" && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
  kill -9 "$1" 2>/dev/null || true
}
cleanup() {
  [ -f "$tmp/pid" ] && end "$(cat "$tmp/pid")"
  end "$session"
  end "$xvfb"
  rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
failed() {
  echo "window: FAIL: $1" >&2
  sed 's/^/  | /' "$tmp/log" >&2
  exit 1
}

# -displayfd: the server chooses a free number and writes it when it is ready.
mkfifo "$tmp/display"
Xvfb -displayfd 3 -screen 0 1280x820x24 -nolisten tcp 3>"$tmp/display" 2>"$tmp/xvfb.log" &
xvfb=$!
read -r number <"$tmp/display"
export DISPLAY=":$number"

mkdir -p "$here/shots" "$tmp/home" "$tmp/run"
chmod 700 "$tmp/run"
: >"$tmp/log"
env -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS -u LC_ALL -u LANGUAGE LANG=C \
  HOME="$tmp/home" XDG_RUNTIME_DIR="$tmp/run" XDG_CACHE_HOME="$tmp/home/cache" \
  NO_AT_BRIDGE=1 GTK_A11Y=none ${THEME:+GTK_THEME="$THEME"} \
  dbus-run-session -- sh -c 'echo $$ >"$0/pid"; exec "$@"' "$tmp" "$binary" "$@" >"$tmp/log" 2>&1 &
session=$!

shot="$here/shots/${NAME:-window}.png"
colours=0 window=''
until_s=$(($(date +%s) + ${WAIT:-40}))
while [ "$(date +%s)" -lt "$until_s" ]; do
  alive "$session" || failed "the program ended by itself"
  # The toplevel with the title; WebKit's own helper windows have none.
  window=$(xwininfo -root -tree | sed -n 's/^ *\(0x[0-9a-f]*\) "Strowger.*/\1/p' | head -n 1)
  if [ -n "$window" ] && xwininfo -id "$window" | grep -q 'Map State: IsViewable'; then
    import -silent -window root "$shot"
    colours=$(identify -format '%k' "$shot")
    [ "$colours" -ge "${COLOURS:-150}" ] && break
  fi
  sleep 0.5
done
[ -n "$window" ] || failed "no window appeared"
[ "$colours" -ge "${COLOURS:-150}" ] || failed "the window stayed blank: $colours colours in $shot"

[ -z "${HOOK:-}" ] || sh "$HOOK" "$window"
sleep "${SETTLE:-2}"
import -silent -window root "$shot"
colours=$(identify -format '%k' "$shot")

kill "$(cat "$tmp/pid")"
code=0
wait "$session" || code=$?
session=''
[ "$code" -eq "${EXIT:-0}" ] || failed "ended with $code after SIGTERM"
echo "window: ok, $colours colours, $shot"
