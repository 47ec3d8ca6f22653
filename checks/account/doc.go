// Package account holds what was read of AWS accounts, and the join that turns
// it into subjects: the execution roles, destination accounts and repositories
// that Image Builder's lifecycle management depends on.
//
// It is plain data. Sources fill an Inventory, checks look at its subjects;
// neither the SDK, nor the network, nor a clock is needed to judge one.
package account
