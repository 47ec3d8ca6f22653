package policy

// truth is a value of three-valued logic.
type truth int8

const (
	no truth = iota
	maybe
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth { return yes - t }

// A cause is the reason why a result is maybe. It holds the text that the sentence
// names; Decision.Reason builds the sentence on demand.
type cause struct {
	kind causeKind
	text string
}

type causeKind int

const (
	noCause           causeKind = iota
	unknownKey                  // text: the key
	someCandidates              // text: the key
	someOfPattern               // text: the key
	manyValues                  // text: the key
	emptyValue                  // text: the key
	missingKey                  // text: the key
	unknownVariable             // text: the key
	absentVariable              // settles the comparison; never a reason
	manyInVariable              // text: the key
	emptyVariable               // text: the key
	malformedVariable           // text: the policy's value
	policyValue                 // text: the policy's value
	requestValue                // text: the request's value
	awsEveryone
	allowNotPrincipal
	otherPrincipal   // text: the policy's principal
	sessionName      // text: the policy's principal
	someResources    // text: the policy's resource
	resourceVariable // text: the key, or the policy's resource
	earlyVariable    // text: the policy's resource
	anyService       // text: the policy's action
	sometimes        // text: the key
	unknownEffect    // text: the policy's principal
	symbolInPolicy   // text: the policy's text that contains the symbol
	symbolInRequest  // text: what the request has, or the key for which it has it
)
