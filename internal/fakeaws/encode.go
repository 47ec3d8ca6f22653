package fakeaws

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"
)

// requestID is the same in every response, so that responses are reproducible.
const requestID = "00000000-1111-2222-3333-444444444444"

var namespace = map[string]string{
	"STS": "https://sts.amazonaws.com/doc/2011-06-15/",
	"IAM": "https://iam.amazonaws.com/doc/2010-05-08/",
}

// element returns an XML element with escaped text. It writes empty elements, too.
func element(name, text string) string { return "<" + name + ">" + escape(text) + "</" + name + ">" }

func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic(err) // writing to a strings.Builder never fails
	}
	return b.String()
}

// encodeDocument encodes a policy document as IAM does: URL-encoded by RFC 3986, except
// letters, digits, "-", ".", "_" and "~".
func encodeDocument(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, lists and maps of them always marshal
	}
	return string(text)
}
