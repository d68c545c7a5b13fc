import { mergeExpositions } from "../../../app/src/telemetry/merge-expositions";

const FIRST = `# HELP requests_total Requests
# TYPE requests_total counter
requests_total 3
# HELP duration_seconds Time
# TYPE duration_seconds histogram
duration_seconds_bucket{route="/a",le="+Inf"} 2 1700000000000
duration_seconds_sum{route="/a"} 0.5
`;
const SECOND = `# HELP duration_seconds Time
# TYPE duration_seconds histogram
duration_seconds_bucket{route="/b{id}",le="+Inf"} 1
# HELP requests_total Requests
# TYPE requests_total counter
requests_total{} 4
`;

test("each family stands there once, with the samples of all processes, each with the number of its own", () => {
    const merged = mergeExpositions(
        "process",
        new Map([
            ["1", FIRST],
            ["2", SECOND],
        ]),
    );
    expect(merged).toBe(`# HELP requests_total Requests
# TYPE requests_total counter
requests_total{process="1"} 3
requests_total{process="2"} 4
# HELP duration_seconds Time
# TYPE duration_seconds histogram
duration_seconds_bucket{process="1",route="/a",le="+Inf"} 2 1700000000000
duration_seconds_sum{process="1",route="/a"} 0.5
duration_seconds_bucket{process="2",route="/b{id}",le="+Inf"} 1
`);
});

test("nothing but blank lines and remarks is nothing", () => {
    expect(mergeExpositions("process", new Map([["1", "\n# no registered metrics\n"]]))).toBe("");
    expect(mergeExpositions("process", new Map())).toBe("");
});
