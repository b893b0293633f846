/** Numbers of Linux's input events (include/uapi/linux/input-event-codes.h). */
const key = 1;
const powerKey = 116;

/** `struct input_event` of 64-bit Linux on little-endian machines, without the time, which the kernel fills in. */
const inputEvent = (type: number, code: number, value: number): Buffer => {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(code, 18);
  bytes.writeInt32LE(value, 20);
  return bytes;
};

/** What a power button sends when it is pressed and let go. */
export const pressed = (): Buffer => {
  const synchronised = inputEvent(0, 0, 0);
  return Buffer.concat([
    inputEvent(key, powerKey, 1),
    synchronised,
    inputEvent(key, powerKey, 0),
    synchronised,
  ]);
};

/** Name of the event device of the power button in /proc/bus/input/devices; undefined when there is none. */
export const powerButton = (devices: string): string | undefined =>
  devices
    .split('\n\n')
    .filter(block => /^N: Name="Power Button"$/m.test(block))
    .flatMap(block => /^H: Handlers=.*\b(event\d+)\b/m.exec(block)?.[1] ?? [])[0];
