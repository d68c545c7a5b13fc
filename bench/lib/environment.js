// @ts-check
"use strict";

/** Variables that steer one of the measured programs, or node itself, and are the caller's own affair. */
const steering = /^(AWS_|PULUMI_|CDK_|HEADROOM_|NODE_OPTIONS$|NODE_V8_COVERAGE$|FORCE_COLOR$)/;

/** The environment without them: every machine measures the same. */
function cleanEnvironment(env = process.env) {
    return Object.fromEntries(
        Object.entries(env).filter(([name]) => !steering.test(name) || name === "HEADROOM_PULUMI"),
    );
}

module.exports = { cleanEnvironment };
