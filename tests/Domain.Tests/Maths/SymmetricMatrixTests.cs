using CsCheck;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Maths;

public sealed class SymmetricMatrixTests
{
    [Fact]
    public void Eigenvectors_rebuild_the_matrix_and_are_orthonormal() =>
        Gen.Double[-5, 5].Array[36].Sample(entries =>
        {
            var matrix = Symmetric(entries, 6);
            var (values, vectors) = SymmetricMatrix.Eigen(matrix);
            for (int i = 0; i < 6; i++)
                for (int j = 0; j < 6; j++)
                {
                    Assert.Equal(matrix[i, j], Enumerable.Range(0, 6).Sum(k => values[k] * vectors[i, k] * vectors[j, k]), 1e-10);
                    Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, 6).Sum(k => vectors[k, i] * vectors[k, j]), 1e-12);
                }
        }, iter: 50);

    [Fact]
    public void A_known_matrix_has_its_known_eigenvalues()
    {
        Assert.Equal([1, 3], SymmetricMatrix.Eigen(new double[,] { { 2, 1 }, { 1, 2 } }).Values.Order().Select(v => Math.Round(v, 12)));
        Assert.Equal([-4, 7], SymmetricMatrix.Eigen(new double[,] { { 7, 0 }, { 0, -4 } }).Values.Order());
        Assert.Equal([0, 0, 0], SymmetricMatrix.Eigen(new double[3, 3]).Values);
    }

    [Fact]
    public void A_square_root_times_itself_is_the_matrix() =>
        Gen.Double[-2, 2].Array[25].Sample(entries =>
        {
            var half = Symmetric(entries, 5);
            var positive = SymmetricMatrix.Multiply(half, half);
            var root = SymmetricMatrix.Sqrt(positive);
            var again = SymmetricMatrix.Multiply(root, root);
            for (int i = 0; i < 5; i++)
                for (int j = 0; j < 5; j++) Assert.Equal(positive[i, j], again[i, j], 1e-9);
        }, iter: 50);

    private static double[,] Symmetric(double[] entries, int n)
    {
        var matrix = new double[n, n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) matrix[i, j] = matrix[j, i] = entries[i * n + j];
        return matrix;
    }
}
