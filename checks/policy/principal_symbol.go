package policy

// symbolic reports whether the principal contains a symbol.
func (l Principal) symbolic() bool { return inText(l.ID) || inText(l.Type) }

// mayCover is covers for two principals of which one contains a symbol.
func (l Principal) mayCover(p Principal, effect Effect) (truth, causeKind) {
	open := symbolInPolicy
	if !l.symbolic() {
		open = symbolInRequest
	}
	listed, asks := Principal{l.Type, compileSymbols(l.ID)}, Principal{p.Type, compileSymbols(p.ID)}
	everyAWS := l == Principal{"AWS", "*"}
	switch {
	case l == everyone || listed == asks:
		return yes, noCause
	case inText(l.Type):
		return maybe, open
	case p.Type == "Service" && everyAWS:
		return maybe, awsEveryone
	case p.Type == "Service":
		if l.Type == "AWS" && overlap(listed.ID, "*") || l.Type == "Service" && overlap(listed.ID, asks.ID) {
			return maybe, open
		}
		return no, noCause
	case everyAWS:
		return yes, noCause
	}
	account, name, isRole := roleOf(asks)
	switch {
	case !isRole && (p.Type != "AWS" || !hasSymbol(asks.ID)):
		return maybe, otherPrincipal
	case l.Type != "AWS": // a principal of unknown form is a role, because a request comes from a service or a role
		return no, noCause
	case !isRole:
		account, name = anyPattern, anyPattern
	case isAccount(listed.ID, account) && effect == Deny:
		return yes, noCause
	case isSession(listed.ID, account, name):
		return maybe, sessionName
	}
	id, who := confine(listed.ID, item{text: asks.ID})
	if isRole {
		account, name, _ = roleOf(Principal{"AWS", who})
	}
	if hasSymbol(name) { // it may contain the end of the path
		name = anyPattern
	}
	// A principal that may be "*" consists of symbols, so it may also be the role.
	may := overlap(id, who) || overlap(id, "arn:"+partPattern+":sts::"+account+":assumed-role/"+name+"/"+anyPattern)
	if effect != Allow { // to allow an account grants nothing
		may = may || overlap(id, account) || overlap(id, anyPattern+":iam::"+account+":root")
	}
	if may {
		return maybe, open
	}
	return no, noCause
}

// The compiled patterns of any text, and of any text without colons.
var anyPattern, partPattern = string([]byte{anyText}), string([]byte{anyInPart})
