package llm

// DeltaKind is what a piece of an answer is.
type DeltaKind uint8

// The kinds of deltas, with the fields that they use beside Choice and Block.
const (
	DeltaNone      DeltaKind = iota
	DeltaText                // Text
	DeltaThought             // Text
	DeltaSignature           // Text: of the thought in the same block; Origin
	DeltaRedacted            // Text: reasoning that only its provider can read; Origin
	DeltaRefusal             // Text
	DeltaCall                // a tool call begins: ID (or none), Name; Text, the arguments so far; Signature and Origin
	DeltaArguments           // Text: more of the arguments, which are JSON
	DeltaMedia               // Name: media type; Text: base64
	DeltaEnd                 // the block is complete; Finish, if that is how the whole choice has ended
	DeltaEmbedding           // Text: a JSON array of numbers; Choice: its index
	DeltaOther               // something that no other schema has
)

// Delta is a piece of an answer in the neutral form: of a stream what one event adds, of a
// whole answer one block after the other.
//
// Pieces of the same Choice and Block belong together. A reader numbers blocks from 0 in
// the order in which they begin; whether the pieces of several are mixed is the provider's
// affair. DeltaEnd is given where the schema says so, and only there.
type Delta struct {
	Kind      DeltaKind
	Choice    int
	Block     int
	Text      Escaped
	ID, Name  Escaped
	Signature Escaped
	Origin    Schema
	// Finish is how a choice has ended, where one event ends several of them and not all alike.
	Finish Finish
}
