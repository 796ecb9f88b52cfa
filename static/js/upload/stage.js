// What uploads of this page are doing, for whoever may not leave or submit meanwhile: "sending", "checking" or "".
export const uploads = { stage: "" };
