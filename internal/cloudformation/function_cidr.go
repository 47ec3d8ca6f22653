package cloudformation

import (
	"net"
	"strconv"

	"github.com/apparentlymart/go-cidr/cidr"

	"github.com/iblint/iblint/checks/symbol"
)

// subnets is Fn::Cidr: a block, the number of subnets, and how many bits of an address each of
// them leaves (CloudFormation User Guide, Fn::Cidr; without the last, 8).
func subnets(c call) *Value {
	args, ok := c.args(2, 3)
	if !ok {
		return c.wrong("Fn::Cidr without a block and a number")
	}
	for _, a := range args {
		if a.Kind == Unknown || symbol.In(a.Text) {
			return c.of(args...)
		}
	}
	_, block, err := net.ParseCIDR(args[0].Text)
	count, bits := 0, 8
	if err == nil {
		count, err = strconv.Atoi(args[1].Text)
	}
	if err == nil && len(args) == 3 {
		bits, err = strconv.Atoi(args[2].Text)
	}
	if err != nil || count < 1 || count > 256 {
		return c.wrong("Fn::Cidr with arguments that it does not take")
	}
	ones, size := block.Mask.Size()
	v := &Value{Kind: List, At: c.at()}
	for i := range count {
		one, err := cidr.Subnet(block, size-bits-ones, i)
		if err != nil || bits < 0 || size-bits-ones < 0 {
			return c.wrong("Fn::Cidr of a block that has not so many subnets")
		}
		v.Items = append(v.Items, c.text(one.String()))
	}
	return v
}
