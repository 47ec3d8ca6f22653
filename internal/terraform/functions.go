package terraform

import (
	"fmt"
	"strings"

	ctyyaml "github.com/zclconf/go-cty-yaml"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// builtin is a function of the language.
type builtin struct {
	impl   function.Function
	result cty.Type // of unknown results
	// symbolic is called if arguments contain symbols. If it is nil or returns NilVal, the
	// result is unknown.
	symbolic func(c *callSite, args []cty.Value) (cty.Value, error)
}

// callSite is a call of a function during its evaluation.
type callSite struct {
	e    *evaluator
	x    *hclsyntax.FunctionCallExpr
	s    *scope
	name string
	impl function.Function // of a builtin

	symbolic bool // an argument contains a symbol
}

var (
	anyList = cty.List(cty.DynamicPseudoType)
	anyMap  = cty.Map(cty.DynamicPseudoType)
	textSet = cty.Set(cty.String)
)

var builtins = map[string]builtin{
	// Numbers.
	"abs":      {impl: stdlib.AbsoluteFunc, result: cty.Number},
	"ceil":     {impl: stdlib.CeilFunc, result: cty.Number},
	"floor":    {impl: stdlib.FloorFunc, result: cty.Number},
	"log":      {impl: stdlib.LogFunc, result: cty.Number},
	"max":      {impl: stdlib.MaxFunc, result: cty.Number},
	"min":      {impl: stdlib.MinFunc, result: cty.Number},
	"parseint": {impl: stdlib.ParseIntFunc, result: cty.Number},
	"pow":      {impl: stdlib.PowFunc, result: cty.Number},
	"signum":   {impl: stdlib.SignumFunc, result: cty.Number},
	"sum":      {impl: sumFunc, result: cty.Number},

	// Strings.
	"chomp":        {impl: stdlib.ChompFunc, result: cty.String, symbolic: trimmed},
	"endswith":     {impl: endsWithFunc, result: cty.Bool, symbolic: affix},
	"format":       {impl: stdlib.FormatFunc, result: cty.String, symbolic: formatted},
	"formatlist":   {impl: stdlib.FormatListFunc, result: anyList, symbolic: formatted},
	"indent":       {impl: stdlib.IndentFunc, result: cty.String},
	"join":         {impl: stdlib.JoinFunc, result: cty.String, symbolic: joined},
	"lower":        {impl: stdlib.LowerFunc, result: cty.String},
	"regex":        {impl: stdlib.RegexFunc, result: cty.DynamicPseudoType},
	"regexall":     {impl: stdlib.RegexAllFunc, result: anyList},
	"replace":      {impl: replaceFunc, result: cty.String},
	"split":        {impl: stdlib.SplitFunc, result: anyList},
	"startswith":   {impl: startsWithFunc, result: cty.Bool, symbolic: affix},
	"strcontains":  {impl: strContainsFunc, result: cty.Bool},
	"strrev":       {impl: stdlib.ReverseFunc, result: cty.String},
	"substr":       {impl: stdlib.SubstrFunc, result: cty.String},
	"title":        {impl: stdlib.TitleFunc, result: cty.String},
	"trim":         {impl: stdlib.TrimFunc, result: cty.String},
	"trimprefix":   {impl: stdlib.TrimPrefixFunc, result: cty.String, symbolic: affix},
	"trimspace":    {impl: stdlib.TrimSpaceFunc, result: cty.String, symbolic: trimmed},
	"trimsuffix":   {impl: stdlib.TrimSuffixFunc, result: cty.String, symbolic: affix},
	"upper":        {impl: stdlib.UpperFunc, result: cty.String},
	"urlencode":    {impl: encoding.URLEncodeFunc, result: cty.String},
	"urldecode":    {impl: urlDecodeFunc, result: cty.String},
	"basename":     {impl: baseNameFunc, result: cty.String},
	"dirname":      {impl: dirNameFunc, result: cty.String},
	"base64decode": {impl: encoding.Base64DecodeFunc, result: cty.String},
	"base64encode": {impl: encoding.Base64EncodeFunc, result: cty.String},
	"base64gzip":   {impl: base64GzipFunc, result: cty.String},

	"textdecodebase64": {impl: textDecodeFunc, result: cty.String},
	"textencodebase64": {impl: textEncodeFunc, result: cty.String},

	// Collections.
	"alltrue":         {impl: allTrueFunc, result: cty.Bool, symbolic: allTrue},
	"anytrue":         {impl: anyTrueFunc, result: cty.Bool, symbolic: anyTrue},
	"chunklist":       {impl: stdlib.ChunklistFunc, result: anyList, symbolic: chunked},
	"coalesce":        {impl: coalesceFunc, result: cty.DynamicPseudoType, symbolic: coalesced},
	"coalescelist":    {impl: stdlib.CoalesceListFunc, result: anyList, symbolic: coalescedList},
	"compact":         {impl: stdlib.CompactFunc, result: anyList, symbolic: compacted},
	"concat":          {impl: stdlib.ConcatFunc, result: anyList, symbolic: concatenated},
	"contains":        {impl: containsFunc, result: cty.Bool, symbolic: contained},
	"distinct":        {impl: stdlib.DistinctFunc, result: anyList, symbolic: distinct},
	"element":         {impl: stdlib.ElementFunc, result: cty.DynamicPseudoType, symbolic: element},
	"flatten":         {impl: stdlib.FlattenFunc, result: anyList, symbolic: flattened},
	"index":           {impl: indexFunc, result: cty.Number, symbolic: indexOf},
	"keys":            {impl: stdlib.KeysFunc, result: cty.List(cty.String), symbolic: keysOf},
	"length":          {impl: lengthFunc, result: cty.Number, symbolic: length},
	"list":            {impl: listFunc, result: anyList, symbolic: same},
	"lookup":          {impl: lookupFunc, result: cty.DynamicPseudoType, symbolic: lookedUp},
	"matchkeys":       {impl: matchKeysFunc, result: anyList},
	"merge":           {impl: stdlib.MergeFunc, result: anyMap, symbolic: mergedMaps},
	"one":             {impl: oneFunc, result: cty.DynamicPseudoType, symbolic: only},
	"range":           {impl: stdlib.RangeFunc, result: cty.List(cty.Number)},
	"reverse":         {impl: stdlib.ReverseListFunc, result: anyList, symbolic: reversed},
	"setintersection": {impl: stdlib.SetIntersectionFunc, result: textSet, symbolic: setIntersection},
	"setproduct":      {impl: stdlib.SetProductFunc, result: anyList, symbolic: product},
	"setsubtract":     {impl: stdlib.SetSubtractFunc, result: textSet, symbolic: setSubtraction},
	"setunion":        {impl: stdlib.SetUnionFunc, result: textSet, symbolic: setUnion},
	"slice":           {impl: stdlib.SliceFunc, result: anyList, symbolic: sliced},
	"sort":            {impl: stdlib.SortFunc, result: cty.List(cty.String), symbolic: sorted},
	"transpose":       {impl: transposeFunc, result: anyMap},
	"values":          {impl: stdlib.ValuesFunc, result: anyList, symbolic: valuesOf},
	"zipmap":          {impl: stdlib.ZipmapFunc, result: anyMap, symbolic: zipped},

	// Encodings.
	"csvdecode":  {impl: stdlib.CSVDecodeFunc, result: anyList},
	"jsondecode": {impl: stdlib.JSONDecodeFunc, result: cty.DynamicPseudoType, symbolic: decodedJSON},
	"jsonencode": {impl: stdlib.JSONEncodeFunc, result: cty.String, symbolic: encodedJSON},
	"yamldecode": {impl: ctyyaml.YAMLDecodeFunc, result: cty.DynamicPseudoType},
	"yamlencode": {impl: ctyyaml.YAMLEncodeFunc, result: cty.String},

	// Types.
	"tobool":   {impl: stdlib.MakeToFunc(cty.Bool), result: cty.Bool, symbolic: convertedTo(cty.Bool)},
	"tolist":   {impl: stdlib.MakeToFunc(anyList), result: anyList, symbolic: convertedTo(anyList)},
	"tomap":    {impl: stdlib.MakeToFunc(anyMap), result: anyMap, symbolic: convertedTo(anyMap)},
	"tonumber": {impl: stdlib.MakeToFunc(cty.Number), result: cty.Number, symbolic: convertedTo(cty.Number)},
	"toset":    {impl: stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), result: cty.Set(cty.DynamicPseudoType), symbolic: convertedTo(cty.Set(cty.DynamicPseudoType))},
	"tostring": {impl: stdlib.MakeToFunc(cty.String), result: cty.String, symbolic: convertedTo(cty.String)},

	"sensitive":       {impl: sameFunc, symbolic: same},
	"nonsensitive":    {impl: sameFunc, symbolic: same},
	"ephemeralasnull": {impl: sameFunc, symbolic: same},
	"issensitive":     {impl: notSensitiveFunc, result: cty.Bool},

	// Hashes, dates and addresses.
	"md5":          {impl: crypto.Md5Func, result: cty.String},
	"sha1":         {impl: crypto.Sha1Func, result: cty.String},
	"sha256":       {impl: crypto.Sha256Func, result: cty.String},
	"sha512":       {impl: crypto.Sha512Func, result: cty.String},
	"base64sha256": {impl: base64Sha256Func, result: cty.String},
	"base64sha512": {impl: base64Sha512Func, result: cty.String},
	"uuidv5":       {impl: uuid.V5Func, result: cty.String},
	"formatdate":   {impl: stdlib.FormatDateFunc, result: cty.String},
	"timeadd":      {impl: stdlib.TimeAddFunc, result: cty.String},
	"timecmp":      {impl: timeCompareFunc, result: cty.Number},
	"cidrhost":     {impl: cidr.HostFunc, result: cty.String},
	"cidrnetmask":  {impl: cidr.NetmaskFunc, result: cty.String},
	"cidrsubnet":   {impl: cidr.SubnetFunc, result: cty.String},
	"cidrsubnets":  {impl: cidr.SubnetsFunc, result: cty.List(cty.String)},
}

// specials are functions that need more than the values of their arguments.
var specials map[string]func(*callSite) (cty.Value, error)

func init() { // not a literal, since templates call functions
	specials = map[string]func(*callSite) (cty.Value, error){
		"try":              (*callSite).try,
		"can":              (*callSite).can,
		"file":             fileFunction(fileText),
		"filebase64":       fileFunction(fileBase64),
		"filemd5":          fileFunction(fileHash(crypto.Md5Func)),
		"filesha1":         fileFunction(fileHash(crypto.Sha1Func)),
		"filesha256":       fileFunction(fileHash(crypto.Sha256Func)),
		"filesha512":       fileFunction(fileHash(crypto.Sha512Func)),
		"filebase64sha256": fileFunction(fileHash(base64Sha256Func)),
		"filebase64sha512": fileFunction(fileHash(base64Sha512Func)),
		"fileexists":       (*callSite).fileExists,
		"fileset":          (*callSite).fileSet,
		"templatefile":     (*callSite).templateFile,
		"templatestring":   (*callSite).templateString,
		"abspath":          never("where terraform will run"),
		"pathexpand":       (*callSite).pathExpand,
		"timestamp":        never("the time of the run"),
		"plantimestamp":    never("the time of the run"),
		"uuid":             never("random"),
		"bcrypt":           never("random"),
		"rsadecrypt":       never("secret"),
		"type":             never("only for terraform console"),
	}
}

// call evaluates a call of a function.
func (e *evaluator) call(x *hclsyntax.FunctionCallExpr, s *scope) (cty.Value, error) {
	c := &callSite{e: e, x: x, s: s, name: strings.TrimPrefix(x.Name, "core::")}
	if special, ok := specials[c.name]; ok {
		return special(c)
	}
	if strings.Contains(c.name, "::") {
		args, err := c.args()
		if err != nil {
			return cty.NilVal, err
		}
		e.mayFail++
		return c.because("computed by a provider", args), nil
	}
	f, ok := builtins[c.name]
	if !ok {
		return cty.NilVal, fatal(x.NameRange, "there is no function %s", c.name)
	}
	c.impl = f.impl
	args, err := c.args()
	if err != nil {
		return cty.NilVal, err
	}
	if args == nil && x.ExpandFinal {
		return c.unknown(f.result, cty.StringVal(c.s.where)), nil
	}
	if err := c.arity(f.impl, len(args)); err != nil {
		return cty.NilVal, err
	}
	if err := c.guard(args); err != nil {
		return cty.NilVal, err
	}
	if !c.symbolic {
		v, err := c.known(f.impl, args)
		if err != nil {
			return v, err
		}
		return e.grownValue(v, x.NameRange)
	}
	if f.symbolic != nil {
		v, err := f.symbolic(c, args)
		if err != nil {
			return v, err
		}
		if v != cty.NilVal {
			return e.grownValue(v, x.NameRange)
		}
	}
	return c.unknown(f.result, args...), nil
}

// grownValue bounds a new value.
func (e *evaluator) grownValue(v cty.Value, at hcl.Range) (cty.Value, error) {
	if stringType(v) {
		return v, e.grown(len(v.AsString()), at)
	}
	return e.built(v, at)
}

// unknown is the result of a call with unknown arguments.
func (c *callSite) unknown(ty cty.Type, args ...cty.Value) cty.Value {
	c.e.mayFail++
	v := derived(c.name, args...)
	if ty != cty.NilType && ty != cty.DynamicPseudoType {
		v = c.e.typed(v, ty)
	}
	return v
}

// because is the result of a call that is unknown whatever the arguments are.
func (c *callSite) because(why string, args []cty.Value) cty.Value {
	var b strings.Builder
	b.WriteString(c.name + "(")
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		describe(&b, a)
	}
	b.WriteString(")")
	return unknown(short(b.String()), why+at(c.x.NameRange))
}

// never returns a function whose results are never known, nor equal to each other.
func never(why string) func(*callSite) (cty.Value, error) {
	return func(c *callSite) (cty.Value, error) {
		if _, err := c.args(); err != nil {
			return cty.NilVal, err
		}
		name := c.s.where + ": " + c.name + "()"
		c.e.opaques[name]++
		if n := c.e.opaques[name]; n > 1 {
			name = fmt.Sprintf("%s#%d", name, n)
		}
		return c.e.typed(unknown(name, why+at(c.x.NameRange)), cty.String), nil
	}
}

// args evaluates the arguments.
func (c *callSite) args() ([]cty.Value, error) {
	args := []cty.Value{}
	for i, x := range c.x.Args {
		v, err := c.e.eval(x, c.s)
		if err != nil {
			return nil, err
		}
		symbolic, err := c.e.measured(v, x.Range())
		if err != nil {
			return nil, err
		}
		c.symbolic = c.symbolic || symbolic
		if i < len(c.x.Args)-1 || !c.x.ExpandFinal {
			args = append(args, v)
			continue
		}
		switch {
		case isSymbol(v):
			args = append(args, v) // in place of any number of arguments
		case v.IsNull() || !isListed(v.Type()):
			return nil, failed(x.Range(), "a list is required in front of ...")
		default:
			args = append(args, v.AsValueSlice()...)
		}
	}
	return args, nil
}

// arity checks the number of arguments.
func (c *callSite) arity(f function.Function, n int) error {
	need := len(f.Params())
	switch {
	case c.x.ExpandFinal:
		return nil // known only with the list
	case n < need && f.VarParam() != nil:
		return fatal(c.x.NameRange, "function %s has %d arguments; it needs at least %d", c.name, n, need)
	case n < need, n > need && f.VarParam() == nil:
		return fatal(c.x.NameRange, "function %s has %d arguments; it needs %d", c.name, n, need)
	}
	return nil
}

// known calls a function with known arguments.
func (c *callSite) known(f function.Function, args []cty.Value) (v cty.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, err = cty.NilVal, failed(c.x.NameRange, "%s: %v", c.name, r)
		}
	}()
	params := f.Params()
	converted := make([]cty.Value, len(args))
	for i, a := range args {
		p := f.VarParam()
		if i < len(params) {
			p = &params[i]
		}
		if p == nil {
			return cty.NilVal, failed(c.x.NameRange, "%s has too many arguments", c.name)
		}
		if converted[i], err = convert.Convert(a, p.Type); err != nil {
			return cty.NilVal, failed(c.x.NameRange, "%s: argument %d must be %s, and it is %s", c.name, i+1, p.Type.FriendlyName(), a.Type().FriendlyName())
		}
	}
	v, err = f.Call(converted)
	if err != nil {
		return cty.NilVal, failed(c.x.NameRange, "%s: %s", c.name, line(err.Error()))
	}
	if !v.IsWhollyKnown() || v.IsMarked() {
		v = normal(v, c.name+"()", "not known")
	}
	return v, nil
}
