package awsapi

import "context"

// Account returns the account of the default credentials.
func (a *AWS) Account(ctx context.Context) (string, error) {
	a.begin()
	base, err := a.config(ctx, a.Profile)
	if err != nil {
		return "", err
	}
	who, err := a.caller(ctx, base, a.Profile)
	if err != nil {
		return "", &NoIdentityError{err}
	}
	return who.account, nil
}

// Region returns the Region of the AWS configuration. It is empty if there is none, or if the
// configuration cannot be read, which Load reports.
func (a *AWS) Region(ctx context.Context) string {
	base, err := a.config(ctx, a.Profile)
	if err != nil {
		return ""
	}
	return base.Region
}
