package checks

// Prepare is Run without the totals, for tests that judge thousands of inventories.
var Prepare = prepare
