// Frames and moments. A frame is found at its middle: at its edge, browsers round to either side.
export function frameAt(seconds, rate) {
  return Math.max(0, Math.floor(seconds * rate + 1e-4));
}

export function middleOf(frame, rate) {
  return (Math.max(0, frame) + 0.5) / rate;
}

// Where a step of so many frames leads, in seconds.
export function stepFrom(seconds, by, rate) {
  return middleOf(frameAt(seconds, rate) + by, rate);
}
