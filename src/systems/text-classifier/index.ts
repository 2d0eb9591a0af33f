// What `deepdive/systems/text-classifier` exports.
export * from "./api.ts";
