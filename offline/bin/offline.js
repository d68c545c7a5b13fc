#!/usr/bin/env node
"use strict";
require("../register.js");
require("../main.ts");
