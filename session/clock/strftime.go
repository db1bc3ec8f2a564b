package clock

import (
	"fmt"
	"strings"
	"time"
)

// timeVerbs are the conversions of strftime as layouts of package time. Those that no layout expresses are in timeNumbers.
var timeVerbs = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'c': "Mon Jan _2 15:04:05 2006", 'd': "02", 'D': "01/02/06", 'e': "_2",
	'F': "2006-01-02", 'H': "15", 'I': "03", 'j': "002", 'm': "01", 'M': "04", 'p': "PM", 'r': "03:04:05 PM", 'R': "15:04", 'S': "05",
	'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST",
}

// timeNumbers are the conversions of strftime that are numbers; %f is microseconds, %L milliseconds, %N nanoseconds.
var timeNumbers = map[byte]func(time.Time) string{
	'C': func(t time.Time) string { return fmt.Sprintf("%02d", t.Year()/100) },
	'f': func(t time.Time) string { return fmt.Sprintf("%06d", t.Nanosecond()/1e3) },
	'k': func(t time.Time) string { return fmt.Sprintf("%2d", t.Hour()) },
	'l': func(t time.Time) string { return fmt.Sprintf("%2d", (t.Hour()+11)%12+1) },
	'L': func(t time.Time) string { return fmt.Sprintf("%03d", t.Nanosecond()/1e6) },
	'n': func(time.Time) string { return "\n" },
	'N': func(t time.Time) string { return fmt.Sprintf("%09d", t.Nanosecond()) },
	's': func(t time.Time) string { return fmt.Sprint(t.Unix()) },
	't': func(time.Time) string { return "\t" },
	'u': func(t time.Time) string { return fmt.Sprint(int(t.Weekday()+6)%7 + 1) },
	'w': func(t time.Time) string { return fmt.Sprint(int(t.Weekday())) },
	'%': func(time.Time) string { return "%" },
}

// defaultTime is how a time is shown that has come a way on which its format was lost, such as through a map.
const defaultTime = "15:04:05.000000"

// Strftime writes a time by a format of strftime's, %H:%M:%S, or, if there is no percent sign in it, by a layout of Go's package time,
// 15:04:05. An unknown conversion is left as it is.
func Strftime(format string, t time.Time) string {
	if format == "" {
		format = defaultTime
	}
	if !strings.Contains(format, "%") {
		return t.Format(format)
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		layout, isLayout := timeVerbs[format[i]]
		number := timeNumbers[format[i]]
		switch {
		case isLayout:
			b.WriteString(t.Format(layout))
		case number != nil:
			b.WriteString(number(t))
		default:
			b.WriteString(format[i-1 : i+1])
		}
	}
	return b.String()
}
