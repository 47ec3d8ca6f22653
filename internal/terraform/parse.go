package terraform

import (
	"crypto/sha256"
	"runtime"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/sync/errgroup"
)

// file is a parsed source file.
type file struct {
	name string
	src  []byte
	json bool
	body *hclsyntax.Body
}

// Cache keeps parsed files. It is safe for use by several goroutines.
type Cache struct {
	mutex sync.Mutex
	files map[cacheKey]*file
}

type cacheKey struct {
	name string
	sum  [sha256.Size]byte
}

// sourceFile is a source file of a module.
type sourceFile struct {
	name     string
	src      []byte
	override bool
	file     *file
	err      error
}

// parseAll parses the files of a module at the same time, since parsing is most of the work. The
// error is that of the first file.
func (c *Cache) parseAll(sources []sourceFile) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range sources {
		one := &sources[i]
		group.Go(func() error {
			one.file, one.err = c.parse(one.name, one.src)
			return nil
		})
	}
	_ = group.Wait()
	for _, one := range sources {
		if one.err != nil {
			return one.err
		}
	}
	return nil
}

// parse parses a source file by the ending of its name.
func (c *Cache) parse(name string, src []byte) (*file, error) {
	if c == nil {
		return parse(name, src)
	}
	key := cacheKey{name, sha256.Sum256(src)}
	c.mutex.Lock()
	f, ok := c.files[key]
	c.mutex.Unlock()
	if ok {
		return f, nil
	}
	f, err := parse(name, src)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.files == nil {
		c.files = map[cacheKey]*file{}
	}
	c.files[key] = f
	return f, nil
}

func parse(name string, src []byte) (*file, error) {
	f := &file{name: name, src: src}
	if strings.HasSuffix(name, ".json") {
		f.json = true
		body, err := parseJSON(name, src, rootShape())
		f.body = body
		return f, err
	}
	if err := checkNesting(src, name); err != nil {
		return nil, err
	}
	parsed, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if err := diagnostics(diags); err != nil {
		return nil, err
	}
	f.body = parsed.Body.(*hclsyntax.Body)
	return f, nil
}
