/** What drawing reads at run time: the name of the file in `dist`, and the file of a package that it is a copy of. */
export const chartAssets = {
  'resvg.wasm': '@resvg/resvg-wasm/index_bg.wasm',
  'roboto.ttf': '@expo-google-fonts/roboto/400Regular/Roboto_400Regular.ttf',
} as const;
