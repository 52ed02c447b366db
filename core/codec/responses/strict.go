package responses

import "strowger/core/scan"

// strictly reports whether a schema is one that strict mode takes: an object, and each object in
// it names all its properties as required and allows no others
// (platform.openai.com/docs/guides/structured-outputs, supported schemas).
func strictly(schema []byte) bool {
	if len(schema) == 0 {
		return false
	}
	object := false
	c := scan.CursorAt(schema, 0)
	for c.Enter('{'); c.Next(); {
		if string(c.Key()) == "type" {
			object = string(c.Value()) == `"object"`
		} else {
			c.Skip()
		}
	}
	c = scan.CursorAt(schema, 0)
	return strict(&c) && object
}

// strict judges the value in front of c, which it steps over.
func strict(c *scan.Cursor) bool {
	if c.Peek() == '[' {
		ok := true
		c.Enter('[')
		for c.Next() {
			ok = strict(c) && ok
		}
		return ok
	}
	if !c.Enter('{') {
		return true
	}
	object, closed, ok, properties, required := false, false, true, 0, 0
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			if c.Peek() == '"' {
				object = string(c.Value()) == `"object"` || object
			} else {
				ok = strict(c) && ok
			}
		case "additionalProperties":
			closed = string(c.Value()) == "false"
		case "required":
			if c.Enter('[') {
				for ; c.Next(); required++ {
					c.Skip()
				}
			}
		case "properties":
			ok = strictMembers(c, &properties) && ok
			object = true
		case "$defs", "definitions":
			ok = strictMembers(c, new(int)) && ok
		case "enum", "const", "default", "examples":
			c.Skip()
		default:
			ok = strict(c) && ok
		}
	}
	return ok && (!object || closed && required == properties)
}

// strictMembers judges the values of the object in front of c, and counts them.
func strictMembers(c *scan.Cursor, n *int) bool {
	ok := true
	if !c.Enter('{') {
		return true
	}
	for ; c.Next(); *n++ {
		c.Key()
		ok = strict(c) && ok
	}
	return ok
}
