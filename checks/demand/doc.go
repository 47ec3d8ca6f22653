// Package demand says what lifecycle management needs: which roles, in which accounts and
// Regions, for which actions, and why. Its input is an inventory of what was read. It
// reads nothing itself.
package demand
