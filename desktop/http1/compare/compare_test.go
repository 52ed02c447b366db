package compare

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"strowger/desktop/http1"
)

// served is the environment variable that makes the test's program the server.
const served = "STROWGER_COMPARE_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(served) != "" {
		serve()
		return
	}
	os.Exit(m.Run())
}

// serve answers every request with as many bytes as a short answer of a provider has, until its
// standard input ends.
func serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	answer := []byte(strings.Repeat("x", 700))
	go func() {
		panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(answer)
		})))
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// start starts the server in a process of its own and gives its address.
func start(b *testing.B) string {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), served+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(addr)
}

// sender sends one request with a body and gives how long its answer is.
type sender func(body []byte) (int, error)

var room = sync.Pool{New: func() any { return new([4 << 10]byte) }}

// overHTTP sends by what net/http calls a round tripper.
func overHTTP(rt http.RoundTripper, url string) sender {
	return func(body []byte) (n int, err error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		req.Header["Content-Type"] = []string{"application/json"}
		req.Header["Authorization"] = []string{"Bearer none"}
		resp, err := rt.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		buf := room.Get().(*[4 << 10]byte)
		defer room.Put(buf)
		for {
			got, err := resp.Body.Read(buf[:])
			if n += got; err == io.EOF {
				return n, nil
			} else if err != nil {
				return n, err
			}
		}
	}
}

func overFast(c *fasthttp.Client, url string) sender {
	return func(body []byte) (int, error) {
		req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(req)
		defer fasthttp.ReleaseResponse(resp)
		req.SetRequestURI(url)
		req.Header.SetMethod(http.MethodPost)
		req.Header.SetContentType("application/json")
		req.Header.Set("Authorization", "Bearer none")
		req.SetBodyRaw(body)
		err := c.Do(req, resp)
		return len(resp.Body()), err
	}
}

// BenchmarkClient sends 64 requests at a time; cpu-µs/op is what this process spends on each.
func BenchmarkClient(b *testing.B) {
	url := "http://" + start(b) + "/v1/chat/completions"
	dial := func(ctx context.Context, _ bool, addr string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
	for _, size := range []int{356, 20 << 10} {
		for _, c := range []struct {
			name string
			send sender
		}{
			{"nethttp", overHTTP(&http.Transport{MaxIdleConnsPerHost: 128, DisableCompression: true, WriteBufferSize: 32 << 10, ReadBufferSize: 32 << 10}, url)},
			{"fasthttp", overFast(&fasthttp.Client{MaxConnsPerHost: 128}, url)},
			{"http1", overHTTP(&http1.Transport{Dial: dial}, url)},
		} {
			b.Run(strconv.Itoa(size)+"B/"+c.name, func(b *testing.B) { measure(b, c.send, size) })
		}
	}
}

func measure(b *testing.B, send sender, size int) {
	body := bytes.Repeat([]byte("x"), size)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	runtime.GC()
	before := spent()
	b.ResetTimer()
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			for left.Add(-1) >= 0 {
				if n, err := send(body); err != nil || n != 700 {
					b.Error(n, err)
					return
				}
			}
		})
	}
	wait.Wait()
	b.ReportMetric(float64((spent()-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// spent is the processor's time that this process has had.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
