package report

// Visible is Printable for data in JSON, whose encoder breaks the markers.
var Visible = visible
