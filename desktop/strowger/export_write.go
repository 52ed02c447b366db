package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"strowger/desktop/wholefile"
	"strowger/edge/deploy"
)

// outFile is a file to write. One that is kept is not written where there is one already: its reader
// may have changed it.
type outFile struct {
	name string
	text []byte
	kept bool
}

// recordName is the file in which an export says what it has written, so that the next one knows it again.
const recordName = ".strowger-export"

// exportRecord is what stands there.
type exportRecord struct {
	Target deploy.Target     `json:"target"`
	Files  map[string]string `json:"files"` // names and SHA-256
}

func recordOf(target deploy.Target, files []outFile) outFile {
	r := exportRecord{target, map[string]string{}}
	for _, f := range files {
		r.Files[f.name] = digest(f.text)
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil { // texts always can be
		panic("strowger: " + err.Error())
	}
	return outFile{name: recordName, text: append(text, '\n')}
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// mayWrite refuses a folder in which something would be lost: one that holds anything unless force was
// said, and then another target's, and files that no export has written or somebody has changed since.
func (x *exporting) mayWrite(files []outFile) error {
	there, err := os.ReadDir(x.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(there) == 0:
		return nil
	case err != nil:
		return fmt.Errorf("--out: %w", err)
	case !x.force:
		return fmt.Errorf("--out: %s is not empty; name another folder, or say --force to write an earlier export's files anew in it", x.dir)
	}
	was, err := readRecord(x.dir)
	if err != nil {
		return err
	}
	if was.Target != "" && was.Target != x.target {
		return fmt.Errorf("--out: %s holds an export for %s; name another folder for %s", x.dir, was.Target, x.target)
	}
	var lost []string
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(x.dir, f.name))
		sum, listed := was.Files[f.name]
		switch {
		case errors.Is(err, fs.ErrNotExist) || f.name == recordName:
		case err != nil:
			return fmt.Errorf("--out: %w", err)
		case !bytes.Equal(text, f.text) && (!listed || !f.kept && sum != digest(text)):
			lost = append(lost, f.name)
		}
	}
	if len(lost) > 0 {
		return fmt.Errorf("--out: %s holds what strowger export has not written, or what was changed since: %s; move it away, or name another folder", x.dir, strings.Join(lost, ", "))
	}
	return nil
}

// readRecord reads what an earlier export says; nothing where there was none.
func readRecord(dir string) (r exportRecord, err error) {
	path := filepath.Join(dir, recordName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return r, fmt.Errorf("--out: %s: %w", path, err)
	}
	return r, nil
}

// writeFolder writes files into dir, each of them whole or not at all; nothing else is touched.
func writeFolder(dir string, files []outFile) (wrote []writtenFile, kept []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, fmt.Errorf("--out: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if f.kept {
			if _, err := os.Lstat(path); err == nil {
				kept = append(kept, f.name)
				continue
			}
		}
		if err := wholefile.Write(path, f.text, 0o644); err != nil {
			return wrote, kept, fmt.Errorf("%s: %w", path, err)
		}
		wrote = append(wrote, writtenFile{f.name, len(f.text)})
	}
	return wrote, kept, nil
}
