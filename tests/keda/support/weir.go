package support

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Weir is a running `weir scaler`.
type Weir struct {
	GRPC, HTTP string // as bound
	Pid        int

	cmd     *exec.Cmd
	exited  chan struct{}
	stopped bool // by us
	mu      sync.Mutex
	log     []string
}

// Binary is the weir binary under test.
func Binary() string {
	if path := os.Getenv("WEIR_BIN"); path != "" {
		return path
	}
	return filepath.Join(Root(), "build", "release", "weir")
}

// StartWeir starts `weir scaler` on free ports and returns when it says that it serves.
func StartWeir(args ...string) (*Weir, error) {
	base := []string{"scaler", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-format", "json"}
	w := &Weir{cmd: exec.Command(Binary(), append(base, args...)...), exited: make(chan struct{})}
	stderr, err := w.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s (set WEIR_BIN): %w", Binary(), err)
	}
	w.Pid = w.cmd.Process.Pid
	serving := make(chan struct{})
	go w.read(stderr, serving)
	select {
	case <-serving:
		return w, nil
	case <-w.exited:
		return nil, fmt.Errorf("weir ended with %d before it served:\n%s", w.cmd.ProcessState.ExitCode(), w.Log())
	case <-time.After(20 * time.Second):
		w.Kill()
		return nil, fmt.Errorf("weir does not serve after 20 s:\n%s", w.Log())
	}
}

func (w *Weir) read(stderr io.Reader, serving chan<- struct{}) {
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		w.mu.Lock()
		w.log = append(w.log, lines.Text())
		w.mu.Unlock()
		var entry map[string]any
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry["msg"] == "serving" {
			w.GRPC, w.HTTP = fmt.Sprint(entry["grpc_listen"]), fmt.Sprint(entry["http_listen"])
			close(serving)
		}
	}
	_ = w.cmd.Wait()
	close(w.exited)
}

// Log is all that the process wrote to stderr.
func (w *Weir) Log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.log, "\n")
}

// Stop sends SIGTERM and returns the exit code and how long the process took. It is killed after 20 s.
func (w *Weir) Stop() (int, time.Duration, error) {
	begin := time.Now()
	w.stopped = true
	_ = w.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-w.exited:
		return w.cmd.ProcessState.ExitCode(), time.Since(begin), nil
	case <-time.After(20 * time.Second):
		w.Kill()
		return -1, time.Since(begin), errors.New("weir did not end within 20 s of SIGTERM")
	}
}

// Crashed returns how the process ended by itself, or nothing.
func (w *Weir) Crashed() string {
	select {
	case <-w.exited:
		if !w.stopped {
			return w.cmd.ProcessState.String()
		}
	default:
	}
	return ""
}

// Kill ends the process at once. Harmless when it has ended.
func (w *Weir) Kill() {
	_ = w.cmd.Process.Kill()
	<-w.exited
}

// Get asks the HTTP endpoint.
func (w *Weir) Get(path string) (int, string, error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + w.HTTP + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// ResidentMB is VmRSS of the process.
func (w *Weir) ResidentMB() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.Pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("no VmRSS in /proc/PID/status")
}
