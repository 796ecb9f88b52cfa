// Fields of the draft's form, by their names.
export const findField = (name) => document.getElementById(`id_${name}`);
