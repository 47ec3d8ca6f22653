package lintcmd

import (
	"errors"
	"strconv"
	"time"
)

// aboveZero is the value of a flag that limits a time.
type aboveZero time.Duration

func (d *aboveZero) String() string { return time.Duration(*d).String() }
func (d *aboveZero) Type() string   { return "TIME" }
func (d *aboveZero) Set(text string) error {
	given, err := time.ParseDuration(text)
	if err != nil || given <= 0 {
		return errors.New("expected a duration above 0, such as 5m")
	}
	*d = aboveZero(given)
	return nil
}

// atMost1000 is the value of --concurrency.
type atMost1000 int

func (n *atMost1000) String() string { return strconv.Itoa(int(*n)) }
func (n *atMost1000) Type() string   { return "N" }
func (n *atMost1000) Set(text string) error {
	given, err := strconv.Atoi(text)
	if err != nil || given < 1 || given > 1000 {
		return errors.New("expected 1 to 1000")
	}
	*n = atMost1000(given)
	return nil
}
