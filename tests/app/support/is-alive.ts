/** Whether there is a process with this id; one that has ended and was not waited for counts. */
export function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}
