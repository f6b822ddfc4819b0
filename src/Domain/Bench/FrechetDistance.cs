using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Bench;

/// <summary>Fréchet distance of two sets of feature vectors, each taken as a Gaussian (the formula of FID, arXiv 1706.08500).</summary>
public static class FrechetDistance
{
    /// <summary>|mu_a - mu_b|^2 + tr(A + B - 2 (A^1/2 B A^1/2)^1/2), with unbiased covariances. Grows as sets get small: compare sets of equal size only.</summary>
    /// <param name="a">Feature vectors, [n][d], n &gt;= 2.</param>
    /// <param name="b">Feature vectors, [m][d], m &gt;= 2.</param>
    public static double Of(double[][] a, double[][] b)
    {
        var (meanA, covA) = Moments(a);
        var (meanB, covB) = Moments(b);
        var root = SymmetricMatrix.Sqrt(covA);
        var (values, _) = SymmetricMatrix.Eigen(SymmetricMatrix.Multiply(SymmetricMatrix.Multiply(root, covB), root));
        double distance = 0;
        for (int i = 0; i < meanA.Length; i++) distance += (meanA[i] - meanB[i]) * (meanA[i] - meanB[i]) + covA[i, i] + covB[i, i];
        return distance - 2 * values.Sum(v => Math.Sqrt(Math.Max(0, v)));
    }

    private static (double[] Mean, double[,] Covariance) Moments(double[][] vectors)
    {
        int n = vectors.Length, d = vectors[0].Length;
        var mean = new double[d];
        foreach (var vector in vectors)
            for (int i = 0; i < d; i++) mean[i] += vector[i] / n;
        var covariance = new double[d, d];
        foreach (var vector in vectors)
            for (int i = 0; i < d; i++)
                for (int j = 0; j < d; j++) covariance[i, j] += (vector[i] - mean[i]) * (vector[j] - mean[j]) / (n - 1);
        return (mean, covariance);
    }
}
