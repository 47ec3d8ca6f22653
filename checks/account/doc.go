// Package account is what was read of AWS accounts: plain data, which sources fill and
// package demand joins. It needs no SDK, no network and no clock.
package account
