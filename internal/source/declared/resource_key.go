package declared

// RoleKey identifies a role for what finds the code of a resource.
func RoleKey(id, name string) string { return "role " + id + " " + name }

// RepositoryKey identifies a repository in the same way.
func RepositoryKey(id, region, name string) string {
	return "repository " + id + " " + region + " " + name
}
