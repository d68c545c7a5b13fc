import { secretCmk } from "../../../policies/encryption/rules/secret-cmk";
import { describeRule } from "../support/describe-rule";
import { keyCases } from "./key-cases";

describeRule(secretCmk, keyCases({ kind: "secret", property: "kmsKeyId", managed: "alias/aws/secretsmanager" }));
