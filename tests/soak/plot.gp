# SPDX-License-Identifier: MIT
# Draws what a soak has used over time. Usage:
#   gnuplot -e "data='FILE'; out='FOLDER'; what='TEXT'" plot.gp
# The file is that of soak --data.

set terminal svg size 860,360 dynamic enhanced font "sans-serif,13" \
	background "white"
set border 3 lc rgb "#888888"
set tics nomirror
set grid lc rgb "#e4e4e4"
set key outside right top Left reverse samplen 2
set style data lines
set yrange [0:*]
set offsets 0, 0, graph 0.05, 0
set xlabel "seconds"
set format y "%g"

headline(text) = text."\n{/*0.75 ".what."}"
both = "plot data using 1:hub title 'hub' lc rgb 0xc01818 lw 2, \
	data using 1:peers title 'all peers' lc rgb 0x2060c0 lw 2"

set output out."/descriptors.svg"
set title headline("Open descriptors")
hub = 2; peers = 5
eval(both)

set output out."/mappings.svg"
set title headline("Mappings")
hub = 3; peers = 6
eval(both)

set output out."/resident.svg"
set title headline("Resident memory, shared pages counted in each process")
set ylabel "MiB"
hub = 4; peers = 7
eval(both)

set output out."/moves.svg"
set title headline("Segments moved, and processes that ended and were replaced")
set ylabel "moves a second"
set y2label "ends so far"
set y2tics
set y2range [0:*]
plot data using 1:8 title "moves" lc rgb 0x407020 lw 2, \
	data using 1:10 axes x1y2 title "ends" lc rgb 0x707070 lw 2
