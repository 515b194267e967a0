# Scores of each line of values by forecast::tsoutliers: Rscript tsoutliers.R INPUT OUTPUT (see program-peer.ts).
suppressMessages(library(forecast))
paths <- commandArgs(trailingOnly = TRUE)
out <- file(paths[2], "w")
for (line in readLines(paths[1])) {
  values <- as.numeric(strsplit(strsplit(line, ";")[[1]][2], ",")[[1]])
  outliers <- tsoutliers(ts(values, frequency = findfrequency(values)))
  scores <- numeric(length(values))
  scores[outliers$index] <- abs(values[outliers$index] - outliers$replacements)
  writeLines(paste(format(scores, digits = 12, trim = TRUE), collapse = ","), out)
}
close(out)
