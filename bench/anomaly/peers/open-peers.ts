// What other detectors say of the same series. Netdata's is written here, after its documentation. The others are no npm
// packages:
//   scikit-learn   python3 -m venv DIR && DIR/bin/pip install scikit-learn==1.7.2; BENCH_PYTHON=DIR/bin/python
//   R forecast     apt-get install r-cran-forecast (or install.packages('forecast')); Rscript on the PATH. Its function
//                  tsoutliers is what is measured; the package of that name needs a newer R than Debian 12 has.
import { openNetdata } from './netdata.ts';
import type { AbsentPeer, Peer } from './peer.ts';
import { openScikitLearn } from './scikit-learn.ts';
import { openTsoutliers } from './tsoutliers.ts';

/** All peers of anomaly detection. */
export async function openPeers(): Promise<(Peer | AbsentPeer)[]> {
  return [...(await openScikitLearn()), openNetdata(), openTsoutliers()];
}
