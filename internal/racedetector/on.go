//go:build race

package racedetector

// On says whether the program was built with the race detector.
const On = true
