//go:build tools

// Package tools pins the Pulumi CLI, so that `go build` makes the same one everywhere. `go install …@version` refuses it,
// because its module has replace directives.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
