//go:build tools

// Package tools pins Pulumi's language host for Node.js, which the plain CLI needs and the offline engine does not. Newer
// versions of the host live in a Go module of their own; this one is the newest in the SDK's module, and speaks the same
// protocol.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
