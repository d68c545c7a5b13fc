/** Somebody wanted it to stop before it was done: no mistake of anybody's. */
export class Interruption extends Error {
    constructor() {
        super("stopped");
        this.name = "Interruption";
    }
}
