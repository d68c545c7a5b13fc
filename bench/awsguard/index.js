// @ts-check
"use strict";
/**
 * AwsGuard as its documentation has it. Its packages are installed here, apart from the other benchmarks': it brings a version of
 * @pulumi/aws of its own, which the programs beside it must not find.
 */
const { AwsGuard } = require("@pulumi/awsguard");

new AwsGuard({ all: "advisory" });
