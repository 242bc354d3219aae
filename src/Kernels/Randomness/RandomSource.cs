using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Kernels.Randomness;

/// <summary>
/// A stream of random numbers that depends on a seed and a purpose and on nothing else: xoshiro256** (Blackman and Vigna), its
/// state taken from a hash of both. There is no global generator; two streams of different purpose never meet.
/// </summary>
public sealed class RandomSource
{
    private ulong _a, _b, _c, _d;

    private RandomSource(ulong a, ulong b, ulong c, ulong d)
    {
        (_a, _b, _c, _d) = (a, b, c, d);
    }

    /// <summary>The stream of a seed for one purpose, such as a tensor's name or <c>data</c>.</summary>
    public static RandomSource For(ulong seed, string purpose)
    {
        var key = new byte[8 + Encoding.UTF8.GetByteCount(purpose)];
        BinaryPrimitives.WriteUInt64LittleEndian(key, seed);
        Encoding.UTF8.GetBytes(purpose, key.AsSpan(8));
        Span<byte> state = stackalloc byte[32];
        SHA256.HashData(key, state);
        return new RandomSource(Word(state, 0), Word(state, 1), Word(state, 2), Word(state, 3));
    }

    /// <summary>Continues where <see cref="State"/> was taken. Throws <see cref="FormatException"/> if it is not such a state.</summary>
    public static RandomSource FromState(string state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Length != 64 || !state.All(char.IsAsciiHexDigit) || state.All(digit => digit == '0'))
        {
            throw new FormatException($"a random state is 64 hexadecimal digits, not all zero; found '{state}'");
        }
        return new RandomSource(Part(0), Part(1), Part(2), Part(3));

        ulong Part(int n) => ulong.Parse(state.AsSpan(n * 16, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>Everything that decides what comes next, as 64 hexadecimal digits.</summary>
    public string State => $"{_a:x16}{_b:x16}{_c:x16}{_d:x16}";

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform on [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform on 0 .. <paramref name="count"/> - 1 without bias (Lemire's method).</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        while (true)
        {
            var high = Math.BigMul(NextBits(), (ulong)count, out var low);
            if (low >= (ulong)count || low >= (0 - (ulong)count) % (ulong)count) // the remainder is below count: it is rarely needed
            {
                return (int)high;
            }
        }
    }

    /// <summary>Uniform on <paramref name="least"/> .. <paramref name="most"/>, both included.</summary>
    public int Between(int least, int most) => least + Next(most - least + 1);

    /// <summary>Standard normal (Box and Muller; the sine is thrown away, so that the state is the position).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Gamma with the given shape and scale 1 (Marsaglia and Tsang 2000).</summary>
    public double NextGamma(double shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape);
        if (shape < 1)
        {
            return NextGamma(shape + 1) * Math.Pow(1 - NextDouble(), 1 / shape);
        }
        var d = shape - 1.0 / 3;
        while (true)
        {
            var x = NextNormal();
            var v = Math.Pow(1 + x / Math.Sqrt(9 * d), 3);
            if (v > 0 && Math.Log(1 - NextDouble()) < x * x / 2 + d - d * v + d * Math.Log(v))
            {
                return d * v;
            }
        }
    }

    /// <summary>Fills with N(0, <paramref name="deviation"/>²).</summary>
    public void FillNormal(Span<float> values, double deviation)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = deviation * Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * NextDouble());
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }

    private static ulong Word(ReadOnlySpan<byte> bytes, int n) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[(n * 8)..]);
}
