# SPDX-License-Identifier: MIT
# Draws the plots of docs/performance.md. Usage:
#   gnuplot -e "data='DIR'; out='DIR'; machine='TEXT'" plot.gp
# The files in `data` are shmem_bench --data's.

set terminal svg size 860,520 dynamic enhanced font "sans-serif,13" \
	background "white"
set border 3 lc rgb "#888888"
set tics nomirror
set grid lc rgb "#e4e4e4"
set key outside right top Left reverse samplen 2
set style data linespoints
set offsets graph 0.02, graph 0.03, graph 0.02, graph 0.02

# One look for each subject, in all plots and whoever is missing.
colour(s) = \
	s eq "shmem" ? 0xc01818 : \
	s eq "shmem, spinning" ? 0xc01818 : \
	s eq "shmem, blocking" ? 0xe07070 : \
	s eq "shmem unmap" || s eq "shmem unmap, spinning" ? 0xe08030 : \
	s eq "shmem unmap, blocking" ? 0xf0b880 : \
	s eq "shmem none" || s eq "shmem none, spinning" ? 0x805030 : \
	s eq "shmem none, blocking" ? 0xb89878 : \
	s eq "shmem pooled" ? 0xe060a0 : \
	s eq "shmem fresh" ? 0xf0a0c8 : \
	s eq "shmem stream" ? 0x600000 : \
	s eq "bare memory" ? 0x000000 : \
	s eq "iceoryx" ? 0x2060c0 : \
	s eq "boost memory" ? 0x108080 : \
	s eq "boost queue" ? 0x70c0c0 : \
	s eq "zeromq" ? 0x7030a0 : \
	s eq "nng" ? 0xb890d8 : \
	s eq "unix stream" ? 0x407020 : \
	s eq "unix seqpacket" ? 0x90b860 : \
	s eq "pipe" ? 0xa0a020 : \
	s eq "memfd a message" ? 0x707070 : 0x4090e0
width(s) = s eq "shmem" || s eq "shmem, spinning" ? 3 : 1.5
dashes(s) = s eq "bare memory" ? 3 : 1
point(s) = s[1:5] eq "shmem" ? 7 : s eq "bare memory" ? 0 : 5

names(file) = system(sprintf("grep -h '^\"' '%s/%s.dat' 2>/dev/null", \
	data, file))
headline(text) = text."\n{/*0.75 ".machine."}"
curve = "plot for [i=1:words(n)] data.'/'.f.'.dat' index i-1 using 1:2 \
	title word(n, i) lc rgb colour(word(n, i)) lw width(word(n, i)) \
	dt dashes(word(n, i)) pt point(word(n, i)) ps 0.5"

set xtics ('64 B' 64, '4 KiB' 4096, '64 KiB' 65536, '1 MiB' 1048576, \
	'16 MiB' 16777216, '256 MiB' 268435456, '1 GiB' 1073741824)
set logscale x 2
set logscale y
set format y "%g"
set xlabel "size of the message"

f = "round-trip"
n = names(f)
if (words(n) > 0) {
	set output out."/".f.".svg"
	set title headline("Round trip: written, handed over, read, answered")
	set ylabel "µs, median"
	eval(curve)
}

f = "throughput"
n = names(f)
if (words(n) > 0) {
	set output out."/".f.".svg"
	set title headline("Stream of messages that are written and read in full")
	set ylabel "GB/s"
	eval(curve)
}

set xlabel "size of the segment"
f = "ownership"
n = names(f)
if (words(n) > 0) {
	set output out."/".f.".svg"
	set title headline("A segment there and back, one byte touched at each side")
	set ylabel "µs, median"
	eval(curve)
}

set xtics auto
set format x "%g"
set logscale x 10
unset logscale y
set yrange [0:*]
set xlabel "how many there are"
f = "growth"
n = names(f)
if (words(n) > 0) {
	set output out."/".f.".svg"
	set title headline("4 KiB there and back, among others")
	set ylabel "µs, median"
	eval(curve)
}
