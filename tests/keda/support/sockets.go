package support

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const tcpEstablished = "01"

// ConnectionsTo counts the established TCP connections of a process to a port of this machine.
func ConnectionsTo(pid, port int) (int, error) {
	inodes, err := socketInodes(pid)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, err := os.ReadFile(table)
		if err != nil {
			continue // no IPv6
		}
		for _, line := range strings.Split(string(content), "\n")[1:] {
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != tcpEstablished || !inodes[fields[9]] {
				continue
			}
			_, hex, _ := strings.Cut(fields[2], ":")
			if remote, err := strconv.ParseInt(hex, 16, 32); err == nil && int(remote) == port {
				count++
			}
		}
	}
	return count, nil
}

func socketInodes(pid int) (map[string]bool, error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	inodes := map[string]bool{}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join(dir, entry.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		if inode, found := strings.CutPrefix(target, "socket:["); found {
			inodes[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return inodes, nil
}
