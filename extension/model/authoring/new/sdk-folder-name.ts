/** Holds what the extension writes so that types resolve where nothing is installed. */
export const SDK_FOLDER = ".runwright";
