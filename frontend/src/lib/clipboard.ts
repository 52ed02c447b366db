// Copying works in a browser on loopback, over plain HTTP from another machine, and in the window,
// where the modern clipboard is not always there.

interface Runtime {
  ClipboardSetText?: (text: string) => Promise<boolean>
}

function byCommand(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'offscreen'
  const focused = document.activeElement
  document.body.append(field)
  field.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    field.remove()
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  }
}

/** copy tells whether it worked; it tries three ways and never throws. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Not allowed, or not there: go on.
  }
  const runtime = (globalThis as { runtime?: Runtime }).runtime
  try {
    if (runtime?.ClipboardSetText && (await runtime.ClipboardSetText(text))) return true
  } catch {
    // The window's own clipboard failed too.
  }
  return byCommand(text)
}
