/**
 * Branded identifiers: strings that cannot be mixed up at compile time.
 * They are made in one place (an {@link IdSource}) so that a simulated run can use predictable ones.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One invocation of `kola run`. */
export type RunId = Branded<'RunId'>;
/** One machine of one attempt. */
export type MachineId = Branded<'MachineId'>;

/** Brands a string that has been checked, or comes from a place that is trusted. */
export const brandId = <Id extends string>(text: string): Id => text as Id;

/** Where new ids come from; tests inject a counting one. */
export interface IdSource {
  /** A short lower-case token that is unique enough to name cloud resources. */
  next(): string;
}

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Eight characters, about 40 bits: readable in a terminal, valid in every cloud's resource names. */
export const randomIds: IdSource = {
  next: () => {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    // The first character is a letter: Azure and GCE refuse names that start with a digit.
    return Array.from(bytes, (byte, index) => alphabet[index === 0 ? byte % 24 : byte % 32]).join('');
  },
};
