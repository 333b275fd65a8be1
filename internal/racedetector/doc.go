// Package racedetector tells tests whether the race detector is on: with it a
// program takes more memory and time than a limit in a test allows for.
package racedetector
