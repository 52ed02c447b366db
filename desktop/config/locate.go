package config

import "strconv"

// problemAt is a problem at a place of the catalog's.
func problemAt(tree *node, message, near string, path ...string) Problem {
	shown, where, _ := locate(tree, path)
	return Problem{Line: where.line, Column: where.column, Place: shown.String(), Message: message, Near: near}
}

// locate finds a place of the catalog's in the file: its path as it is shown, and where
// it stands, which is the value's place if that is a scalar and its key's if not. Of what
// is missing, it is where it is missing, and n is nil.
func locate(tree *node, path []string) (shown place, where spot, n *node) {
	where, n = spot{tree.line, tree.column}, tree
	for _, step := range path {
		if n != nil && n.kind == list {
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.items) {
				n, shown = n.items[i], append(shown, index(i))
				where = spot{n.line, n.column}
				continue
			}
		}
		if n != nil && n.kind == mapping && step == "0" && n.get(step) == nil {
			continue // one that stands for a list of one
		}
		shown = append(shown, step)
		if n == nil {
			continue
		}
		e := n.get(step)
		if e == nil {
			n = nil
			continue
		}
		if n = e.value; n.kind == list || n.kind == mapping {
			where = spot{e.line, e.column}
		} else {
			where = spot{n.line, n.column}
		}
	}
	return shown, where, n
}
