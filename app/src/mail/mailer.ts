export interface Mail {
    readonly to: string;
    readonly subject: string;
    /** Plain text. */
    readonly text: string;
    /** The message that asked for the mail: the same id is the same mail. */
    readonly messageId: string;
}

/** Sends mails. */
export interface Mailer {
    /** Sends a mail; see the adapters for what happens if the same one is sent twice. */
    send(mail: Mail): Promise<void>;
}
