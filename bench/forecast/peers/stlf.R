# Rscript stlf.R IN OUT: the lines that program-peer.ts describes.
suppressPackageStartupMessages(library(forecast))

files <- commandArgs(trailingOnly = TRUE)

predict_line <- function(line) {
  parts <- strsplit(line, ";", fixed = TRUE)[[1]]
  horizon <- as.integer(parts[1])
  periods <- as.numeric(strsplit(parts[2], ",", fixed = TRUE)[[1]])
  values <- as.numeric(strsplit(parts[3], ",", fixed = TRUE)[[1]])
  before <- proc.time()
  numbers <- tryCatch({
    f <- stlf(msts(values, seasonal.periods = periods), h = horizon, method = "ets", level = c(80, 95))
    c(f$mean, f$lower[, 1], f$upper[, 1], f$lower[, 2], f$upper[, 2])
  }, error = function(e) numeric(0))
  # User and system time, its own and that of its children.
  seconds <- sum((proc.time() - before)[c(1, 2, 4, 5)], na.rm = TRUE)
  paste(format(c(seconds, numbers), digits = 17, trim = TRUE), collapse = ",")
}

writeLines(vapply(readLines(files[1]), predict_line, ""), files[2])
