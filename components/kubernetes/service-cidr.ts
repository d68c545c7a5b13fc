import { contains, overlap, parseCidr } from "../cidr";

/** The range of Services' addresses in clusters that nobody asked for another. */
export const defaultServiceCidr = "172.20.0.0/16";

/** Ranges in which that of Services must lie. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Whether EKS takes a range for Services. */
export function isServiceCidr(text: string): boolean {
    const cidr = parseCidr(text);
    return (
        cidr !== undefined &&
        cidr.prefix >= 12 &&
        cidr.prefix <= 24 &&
        privateRanges.map(parseCidr).some((range) => range !== undefined && contains(range, cidr))
    );
}

/** Whether two texts are ranges with an address in common. */
export function shareAddresses(one: string, other: string): boolean {
    const [first, second] = [parseCidr(one), parseCidr(other)];
    return first !== undefined && second !== undefined && overlap(first, second);
}
